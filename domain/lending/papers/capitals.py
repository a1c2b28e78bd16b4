"""Amounts in capital numerals (大写金额), which nobody can alter with a stroke.

After 《支付结算办法》, annex 1 (正确填写票据和结算凭证的基本规定): 整 after 元 and 角, none after 分, zeros as they are read.
"""

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")


def in_capitals(fen: int) -> str:
    """1,680.32 yuan is 人民币壹仟陆佰捌拾元零叁角贰分. From 0 to below 10^12 yuan; raises ValueError beyond."""
    if not 0 <= fen < 10**14:
        raise ValueError(f"{fen} fen have no capital numerals here")
    whole, cents = divmod(fen, 100)
    jiao, last = divmod(cents, 10)
    parts = [_whole(whole) + "元"] if whole else []
    if jiao:
        # Where the yuan end in a zero it is read before 角, so that no digit can be slipped in between.
        parts.append(("零" if whole and whole % 10 == 0 else "") + _DIGITS[jiao] + "角")
    elif last and whole:
        parts.append("零")
    parts.append(_DIGITS[last] + "分" if last else "整")
    return "人民币" + ("零元整" if fen == 0 else "".join(parts))


def _whole(number: int) -> str:
    """The digits of whole yuan, group by group of four; zeros in between are read once."""
    text = ""
    waiting = False
    for group in range(len(_GROUPS) - 1, -1, -1):
        four = number // 10 ** (4 * group) % 10**4
        if four == 0:
            waiting = bool(text)
            continue
        gap = text and (waiting or four < 1000)
        text += ("零" if gap else "") + _four(four) + _GROUPS[group]
        waiting = False
    return text


def _four(number: int) -> str:
    text, zero = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            text += ("零" if zero and text else "") + _DIGITS[digit] + _PLACES[place]
        zero = digit == 0
    return text
