"""The texts people consent to, by purpose and version. A changed text is a new version; what was granted names its own.

Short on purpose: a consent nobody reads is none. Each asks for one thing only (PIPL art. 14, 29).
"""

from dataclasses import dataclass
from hashlib import sha256

from domain.borrowers.models import ConsentPurpose


@dataclass(frozen=True, slots=True)
class ConsentText:
    purpose: ConsentPurpose
    version: str
    scope: str
    """What it covers, in words for a record."""
    chinese: str
    english: str

    def body(self, language: str) -> str:
        return self.chinese if language.startswith("zh") else self.english

    @property
    def hash(self) -> bytes:
        """Of both languages: which words were agreed to."""
        return sha256(f"{self.purpose}\n{self.version}\n{self.chinese}\n{self.english}".encode()).digest()


CURRENT: dict[ConsentPurpose, ConsentText] = {
    text.purpose: text
    for text in (
        ConsentText(
            ConsentPurpose.PERSONAL_DATA,
            "2026-01",
            "identity, contact and employment data, to decide on and carry out credit",
            "我同意随贷为审核授信、签订和履行借款合同，收集并处理我的身份、联系、职业及银行卡信息，加密保存，仅用于上述目的。"
            "我可以随时撤回；撤回后不再受理新的申请，已有借款不受影响。",
            "I agree that suidai collects and processes my identity, contact, employment and bank card data, encrypted, "
            "only to decide on credit and to make and carry out loan contracts. I may withdraw this at any time: new "
            "applications then end, existing loans are not affected.",
        ),
        ConsentText(
            ConsentPurpose.FACE,
            "2026-01",
            "one face picture, compared with the picture of the identity register",
            "我同意随贷采集我的人脸照片，仅用于与身份登记照片比对以确认是我本人，加密保存，不作他用。我可以随时撤回。",
            "I agree that suidai takes a picture of my face, only to compare it with the picture of the identity "
            "register and so confirm that it is me; it is kept encrypted. I may withdraw this at any time.",
        ),
        ConsentText(
            ConsentPurpose.CREDIT_REPORT,
            "2026-01",
            "queries of the credit reference database for this application and while a loan runs",
            "我授权随贷因审核我的授信申请及贷后管理，向金融信用信息基础数据库查询我的信用报告，并依法报送我的信用信息。",
            "I authorise suidai to query my report in the financial credit information database to decide on my "
            "application and while a loan runs, and to report my credit information to it as the law requires.",
        ),
        ConsentText(
            ConsentPurpose.DATA_SOURCES,
            "2026-01",
            "social security, housing fund, carrier and card bill data from licensed sources",
            "我授权随贷向持牌数据机构查询我的社保、公积金、运营商及信用卡账单信息，仅用于授信审核。我可以随时撤回。",
            "I authorise suidai to ask licensed sources for my social security, housing fund, carrier and card bill "
            "data, only to decide on credit. I may withdraw this at any time.",
        ),
        ConsentText(
            ConsentPurpose.MARKETING,
            "2026-01",
            "messages about products",
            "我愿意接收随贷的产品和活动信息。我可以随时撤回，不影响其他服务。",
            "I wish to receive news about products of suidai. I may withdraw this at any time; nothing else changes.",
        ),
    )
}
