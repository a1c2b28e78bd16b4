"""Refusals of borrowers: what was said, what is wrong with it, how to mend it."""

from domain.shared.errors import DomainError

# What people write


class NotAMobile(DomainError):
    code = "NOT_A_MOBILE"
    english = "This is not a mobile number of mainland China; give its 11 digits, such as 13800001234."
    chinese = "手机号码不正确，请输入 11 位中国大陆手机号码。"


class NotAPhone(DomainError):
    code = "NOT_A_PHONE"
    english = "This is not a phone number of mainland China; give a mobile, or a fixed line with its area code."
    chinese = "电话号码不正确，请输入手机号码，或带区号的固定电话。"


class BadIdNumber(DomainError):
    code = "BAD_ID_NUMBER"
    english = "This is not a valid identity number; give the 18 characters on the card."
    chinese = "身份证号码不正确，请输入证件上的 18 位号码。"


class UnderAge(DomainError):
    code = "UNDER_AGE"
    english = "Borrowers are at least {age} years old."
    chinese = "借款人须年满 {age} 周岁。"


class BadName(DomainError):
    code = "BAD_NAME"
    english = "Give the name as it stands on the identity card, in Chinese or Latin letters, 2 to {longest} of them."
    chinese = "请填写证件上的姓名：中文或拉丁字母，2 至 {longest} 个字符。"


class BadCardNumber(DomainError):
    code = "BAD_CARD_NUMBER"
    english = "This is not a bank card number; give the 12 to 19 digits on the card, and check them for a slip."
    chinese = "银行卡号不正确，请核对卡面上的 12 至 19 位数字。"


class BadText(DomainError):
    code = "BAD_TEXT"
    english = "Write {least} to {most} characters in one line."
    chinese = "请填写 {least} 至 {most} 个字符，不可换行。"


class BadEmail(DomainError):
    code = "BAD_EMAIL"
    english = "This is not an e-mail address; write it like name@example.com, or leave it out."
    chinese = "电子邮箱格式不正确，例如 name@example.com，也可不填。"


class BadGeohash(DomainError):
    code = "BAD_GEOHASH"
    english = "A place is given as a geohash of at least five characters, or left out."
    chinese = "位置应为至少五位的 geohash，也可不填。"


class BadPay(DomainError):
    code = "BAD_MONTHLY_PAY"
    english = "The monthly pay lies between 0 and {most} yuan."
    chinese = "月收入应在 0 至 {most} 元之间。"


class BadStartDate(DomainError):
    code = "BAD_START_DATE"
    english = "The start of the employment lies between {earliest} and today, {today}."
    chinese = "入职日期应在 {earliest} 与今日 {today} 之间。"


# Codes, log-ins


class CodeTooSoon(DomainError):
    code = "CODE_TOO_SOON"
    english = "A code was just sent; another may be asked for in {seconds} seconds."
    chinese = "验证码已发送，请 {seconds} 秒后再试。"
    passing = True


class TooManyCodes(DomainError):
    code = "TOO_MANY_CODES"
    english = "{most} codes were sent to this phone within a day; try again tomorrow."
    chinese = "该号码一天内已发送 {most} 条验证码，请明天再试。"
    passing = True


class CodeWrong(DomainError):
    code = "CODE_WRONG"
    english = "The code is wrong; {left} tries are left."
    chinese = "验证码错误，还可尝试 {left} 次。"
    passing = True


class CodeUseless(DomainError):
    code = "CODE_USELESS"
    english = (
        "There is no code that could be used: it has expired, was used, or was tried too often. Ask for a new one."
    )
    chinese = "验证码不可用：已过期、已使用或尝试次数过多，请重新获取。"
    passing = True


class CredentialNotClear(DomainError):
    code = "CREDENTIAL_NOT_CLEAR"
    english = "Log in with either a code or a password, not with both or neither."
    chinese = "请使用验证码或密码之一登录。"


class WrongCredential(DomainError):
    code = "WRONG_CREDENTIAL"
    english = "The phone or the password is wrong; {left} tries are left."
    chinese = "手机号码或密码错误，还可尝试 {left} 次。"
    passing = True


class PhoneTaken(DomainError):
    code = "PHONE_TAKEN"
    english = "This phone is registered already; log in instead."
    chinese = "该手机号已注册，请直接登录。"


class NotRegistered(DomainError):
    code = "NOT_REGISTERED"
    english = "This phone is not registered; register first."
    chinese = "该手机号尚未注册，请先注册。"
    passing = True


class AccountClosed(DomainError):
    code = "ACCOUNT_CLOSED"
    english = "This account is closed."
    chinese = "该账户已注销。"


class AccountFrozen(DomainError):
    code = "ACCOUNT_FROZEN"
    english = "This account is frozen: repaying is possible, changes are not. Please contact us."
    chinese = "该账户已冻结，可还款但不可变更资料，请联系客服。"
    passing = True


class BorrowerNotFound(DomainError):
    code = "BORROWER_NOT_FOUND"
    english = "There is no such borrower."
    chinese = "借款人不存在。"
    about = ("id",)


# Pictures and identity


class BadImage(DomainError):
    code = "BAD_IMAGE"
    english = "This is not a whole JPEG or PNG picture; take it again and upload it as it is."
    chinese = "图片不是完整的 JPEG 或 PNG，请重新拍摄上传。"


class ImageTooLarge(DomainError):
    code = "IMAGE_TOO_LARGE"
    english = "A picture has at most {megabytes} MB and {megapixels} million pixels; upload a smaller one."
    chinese = "图片不得超过 {megabytes} MB 及 {megapixels} 百万像素，请压缩后上传。"


class UploadNotFound(DomainError):
    code = "UPLOAD_NOT_FOUND"
    english = "This upload address is not known, was used, or has expired; ask for a new one."
    chinese = "上传地址无效、已使用或已过期，请重新申请。"


class TooManyUploads(DomainError):
    code = "TOO_MANY_UPLOADS"
    english = "{most} pictures were asked for within a day; try again tomorrow."
    chinese = "一天内申请上传已达 {most} 张，请明天再试。"
    passing = True


class ImageNotUsable(DomainError):
    code = "IMAGE_NOT_USABLE"
    english = "There is no uploaded picture of the kind {kind} under this id; upload it first."
    chinese = "该编号下没有已上传的 {kind} 图片，请先上传。"


class CheckInProgress(DomainError):
    code = "CHECK_IN_PROGRESS"
    english = "An identity check is under way; wait for its outcome."
    chinese = "身份核验正在进行，请等待结果。"
    passing = True


class TooManyChecks(DomainError):
    code = "TOO_MANY_CHECKS"
    english = "{most} checks were made within a day; try again tomorrow."
    chinese = "一天内核验已达 {most} 次，请明天再试。"
    passing = True


class IdCardFirst(DomainError):
    code = "ID_CARD_FIRST"
    english = "The identity card has to be read first; submit both sides of it."
    chinese = "请先提交身份证正反面并通过识别。"
    passing = True


class ConsentMissing(DomainError):
    code = "CONSENT_MISSING"
    english = "This needs your consent to {purpose}; grant it first."
    chinese = "该操作需要您先授权 {purpose}。"
    passing = True


class NotAsOnCard(DomainError):
    code = "NOT_AS_ON_CARD"
    english = "Name and identity number have to be as read off the identity card; correct what differs."
    chinese = "姓名和身份证号须与证件识别结果一致，请更正不一致之处。"


class IdentityMissing(DomainError):
    code = "IDENTITY_MISSING"
    english = "Give the name and the identity number, or submit the identity card first."
    chinese = "请填写姓名和身份证号，或先提交身份证。"


class IdentityTaken(DomainError):
    code = "IDENTITY_TAKEN"
    english = "This identity has been proved for another account; log in to that one, or contact us."
    chinese = "该身份已在其他账户完成认证，请登录原账户或联系客服。"


# Contacts, consents, cards


class TwoContacts(DomainError):
    code = "TWO_CONTACTS"
    english = "Name exactly two contacts."
    chinese = "请填写且仅填写两位联系人。"


class OwnPhone(DomainError):
    code = "OWN_PHONE"
    english = "A contact is somebody else: give another phone than your own."
    chinese = "联系人电话不能是您本人的手机号。"


class SameContact(DomainError):
    code = "SAME_CONTACT"
    english = "The two contacts have the same phone; name two people."
    chinese = "两位联系人的电话相同，请填写不同的联系人。"


class ConsentTextChanged(DomainError):
    code = "CONSENT_TEXT_CHANGED"
    english = "The text has changed since you read it; the version in force is {version}. Read it and consent again."
    chinese = "授权书已更新，现行版本为 {version}，请阅读后重新授权。"


class ConsentNotFound(DomainError):
    code = "CONSENT_NOT_FOUND"
    english = "There is no standing consent of this kind."
    chinese = "没有生效中的该项授权。"
    passing = True


class IdentityNotProven(DomainError):
    code = "IDENTITY_NOT_PROVEN"
    english = "This is done in a proven name: pass the identity card and face checks and save the profile first."
    chinese = "绑卡或签约代扣前请先完成身份证与人脸核验并保存基本信息。"
    passing = True


class CardExists(DomainError):
    code = "CARD_EXISTS"
    english = "This card is bound already."
    chinese = "该银行卡已绑定。"
    passing = True


class CardPending(DomainError):
    code = "CARD_PENDING"
    english = "The bank has not answered about this card yet; look again in a moment."
    chinese = "银行尚未回复该卡的处理结果，请稍后查看。"
    passing = True


class TooManyCards(DomainError):
    code = "TOO_MANY_CARDS"
    english = "{most} cards were tried within a day; try again tomorrow."
    chinese = "一天内绑卡已达 {most} 次，请明天再试。"
    passing = True


class CardNotFound(DomainError):
    code = "CARD_NOT_FOUND"
    english = "There is no such bank card."
    chinese = "银行卡不存在。"
    about = ("bankCardId",)


class CardNotAwaitingCode(DomainError):
    code = "CARD_NOT_AWAITING_CODE"
    english = "No code is awaited for this card; it is {status}."
    chinese = "该卡当前不在等待验证码，状态为 {status}。"
    about = ("bankCardId",)
    passing = True


class CardNotBound(DomainError):
    code = "CARD_NOT_BOUND"
    english = "This card is not bound; it is {status}."
    chinese = "该卡未处于绑定状态，状态为 {status}。"
    about = ("bankCardId",)
    passing = True


class CardMismatched(DomainError):
    code = "CARD_MISMATCHED"
    english = "The bank does not know this card with your name, identity number and this phone; check card and phone."
    chinese = "银行核验不通过：卡号、姓名、证件号与预留手机号不一致，请核对。"
    passing = True


class CardCodeWrong(DomainError):
    code = "CARD_CODE_WRONG"
    english = "The bank's code is wrong; check it and try again."
    chinese = "银行验证码错误，请核对后重试。"
    passing = True


class CardCodeExpired(DomainError):
    code = "CARD_CODE_EXPIRED"
    english = "The bank's code has expired; bind the card again."
    chinese = "银行验证码已失效，请重新绑卡。"
    passing = True


class CardNotReached(DomainError):
    code = "CARD_NOT_REACHED"
    english = "The bank could not be reached and nothing was done; try again later."
    chinese = "暂时无法连接银行，未作任何处理，请稍后重试。"
    passing = True


class BadCode(DomainError):
    code = "BAD_CODE"
    english = "A code is {length} digits; give those of the message."
    chinese = "验证码为 {length} 位数字，请按短信填写。"


class NothingToReveal(DomainError):
    code = "NOTHING_TO_REVEAL"
    english = "This borrower has not given it."
    chinese = "该借款人未提供此项信息。"
