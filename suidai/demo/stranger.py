"""Act one: a stranger registers, proves who he is, and says what a lender must know."""

from plugins.sandbox import paper
from suidai.demo.api import expect
from suidai.demo.stage import Stage

DEVICE = {"fingerprint": "demo-device", "model": "Demo Phone", "geohash": "wtw3s"}
SESSION = "... on Session { accessToken refreshToken borrower { id phone } }"
CHECK = "... on IdentityCheck { id kind status }"


def registers(stage: Stage) -> str:
    code = _code(stage, "REGISTER")
    session = stage.door.do(
        "register",
        {"phone": stage.person.phone, "code": code, "password": stage.person.password, "device": DEVICE},
        SESSION,
    )
    stage.tokens["borrower"] = session["accessToken"]
    phone = session["borrower"]["phone"]
    expect("****" in phone, f"the phone is not masked: {phone}")
    return f"as {phone}, by a code on the handset"


def logs_in(stage: Stage) -> str:
    session = stage.door.do(
        "login",
        {"phone": stage.person.phone, "password": stage.person.password, "device": DEVICE},
        SESSION,
    )
    stage.tokens["borrower"] = session["accessToken"]
    records = stage.mine("loginRecords(first: 5) { nodes { method outcome deviceModel } }")["loginRecords"]["nodes"]
    expect(
        any(record["method"] == "PASSWORD" and record["outcome"] == "SUCCEEDED" for record in records),
        f"no login record of the password: {records}",
    )
    return f"by password; {len(records)} login records"


def saves_profile(stage: Stage) -> str:
    person = stage.person
    profile = stage.door.do(
        "saveProfile",
        {
            "name": person.name,
            "idNumber": person.id_number,
            "education": "BACHELOR",
            "currentAddress": person.address,
            "email": "demo@example.com",
        },
        "... on Profile { name idNumber }",
        token=stage.borrower,
    )
    expect("*" in profile["idNumber"], "the identity number is not masked")
    return f"{profile['name']}, {profile['idNumber']}"


def shows_papers(stage: Stage) -> str:
    person = stage.person
    _consent(stage, "FACE")
    front = _upload(stage, "ID_FRONT", paper.id_card_front(person.name, person.id_number, person.address))
    back = _upload(stage, "ID_BACK", paper.id_card_back())
    stage.door.do("submitIdentity", {"frontImageId": front, "backImageId": back}, CHECK, token=stage.borrower)
    _until_matched(stage, "ID_CARD")
    return "both sides of the card uploaded, read and matched"


def shows_face(stage: Stage) -> str:
    image = _upload(stage, "FACE", paper.face(stage.person.id_number))
    stage.door.do("verifyFace", {"imageId": image}, CHECK, token=stage.borrower)
    _until_matched(stage, "FACE")
    return "the same person"


def saves_employment(stage: Stage) -> str:
    saved = stage.door.do(
        "saveEmployment",
        {
            "employer": "沙盒科技有限公司",
            "phone": "+862155555555",
            "address": "上海市浦东新区",
            "position": "工程师",
            "monthlyPay": "18000.00",
            "startedOn": "2019-03-01",
        },
        "... on Employment { employer monthlyPay }",
        token=stage.borrower,
    )
    return f"{saved['employer']}, {saved['monthlyPay']} a month"


def saves_contacts(stage: Stage) -> str:
    contacts = [
        {"name": "随父", "relation": "PARENT", "phone": "+8613911112222"},
        {"name": "随友", "relation": "FRIEND", "phone": "+8613911113333"},
    ]
    saved = stage.door.do(
        "saveContacts",
        {"contacts": contacts},
        "... on ContactList { contacts { relation phone } }",
        token=stage.borrower,
    )["contacts"]
    expect(len(saved) == len(contacts), f"{len(saved)} contacts were kept")
    return "two, to locate the borrower only"


def gives_consents(stage: Stage) -> str:
    for purpose in ("CREDIT_REPORT", "DATA_SOURCES", "PERSONAL_DATA"):
        _consent(stage, purpose)
    return "credit report, data sources, face, personal data: one each"


def binds_card(stage: Stage) -> str:
    seen = len(stage.codes())
    card = stage.door.do(
        "bindBankCard",
        {"cardNumber": stage.person.card_number, "phone": stage.person.phone},
        "... on BankCard { id status last4 }",
        token=stage.borrower,
    )
    confirmed = stage.door.do(
        "confirmBankCard",
        {"bankCardId": card["id"], "code": stage.next_code(seen)},
        "... on BankCard { id status last4 }",
        token=stage.borrower,
    )
    expect(confirmed["status"] == "BOUND", f"the card is {confirmed['status']}")
    stage.known["card"] = card["id"]
    return f"card ...{confirmed['last4']}, four elements and a code"


def _code(stage: Stage, purpose: str) -> str:
    seen = len(stage.codes())
    stage.door.do(
        "requestLoginCode", {"phone": stage.person.phone, "purpose": purpose}, "... on LoginCodeSent { expiresAt }"
    )
    return stage.next_code(seen)


def _consent(stage: Stage, purpose: str) -> None:
    stage.door.do("grantConsent", {"purpose": purpose}, "... on Consent { purpose }", token=stage.borrower)


def _upload(stage: Stage, kind: str, content: bytes) -> str:
    ticket = stage.door.do(
        "requestUpload", {"kind": kind}, "... on UploadTicket { url image { id } }", token=stage.borrower
    )
    stage.door.put(ticket["url"], content)
    return ticket["image"]["id"]


def _until_matched(stage: Stage, kind: str) -> None:
    def look() -> bool:
        checks = stage.mine("identityChecks { kind status }")["identityChecks"]
        status = next(check["status"] for check in checks if check["kind"] == kind)
        expect(status not in ("MISMATCHED", "UNREADABLE"), f"the {kind} check came out {status}")
        return status == "MATCHED"

    stage.until(look, f"the {kind} check")
