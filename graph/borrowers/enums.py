"""The words in which the API speaks of borrowers."""

from domain.borrowers import models
from domain.borrowers.queries import progress
from domain.borrowers.rules import machine
from domain.borrowers.services import reveal
from graph.enums import described

BorrowerStatus = models.BorrowerStatus
described(
    BorrowerStatus,
    "Whether an account can be used.",
    {"ACTIVE": "In use.", "FROZEN": "Repaying is possible, changes are not.", "CLOSED": "Closed for good."},
)
CodePurpose = models.CodePurpose
described(
    CodePurpose,
    "What a code by SMS is for; it counts for that only.",
    {
        "REGISTER": "To register.",
        "LOGIN": "To log in.",
        "RESET_PASSWORD": "To set a new password.",
        "CHANGE_PHONE": "To show that a new phone is one's own.",
    },
)
LoginMethod = models.LoginMethod
described(LoginMethod, "By what somebody logged in.", {"CODE": "A code by SMS.", "PASSWORD": "The password."})
LoginOutcome = models.LoginOutcome
described(
    LoginOutcome,
    "What came of an attempt to log in.",
    {
        "SUCCEEDED": "Logged in.",
        "WRONG_CREDENTIAL": "Code or password were wrong, or the account is closed.",
        "LOCKED": "Too many had failed before.",
    },
)
Education = models.Education
described(
    Education,
    "The highest education completed.",
    {
        "PRIMARY": "Primary school.",
        "JUNIOR_HIGH": "Junior high school.",
        "SENIOR_HIGH": "Senior high school.",
        "VOCATIONAL": "Vocational school.",
        "COLLEGE": "College, without a bachelor's degree.",
        "BACHELOR": "Bachelor.",
        "MASTER": "Master.",
        "DOCTOR": "Doctor.",
    },
)
Relation = models.Relation
described(
    Relation,
    "What a contact is to the borrower.",
    {
        "SPOUSE": "Husband or wife.",
        "PARENT": "Father or mother.",
        "CHILD": "Son or daughter.",
        "SIBLING": "Brother or sister.",
        "RELATIVE": "Another relative.",
        "FRIEND": "A friend.",
        "COLLEAGUE": "A colleague.",
        "OTHER": "Somebody else.",
    },
)
CardStatus = machine.CardStatus
described(
    CardStatus,
    "How far the binding of a bank card has come.",
    {
        "SUBMITTING": "The bank is being asked.",
        "CODE_SENT": "The bank has sent a code; confirm with it.",
        "CONFIRMING": "The code is being checked.",
        "BOUND": "Can be used.",
        "REFUSED": "It came to nothing; `refusal` says why.",
        "UNBINDING": "Can no longer be used; the bank is being told.",
        "UNBOUND": "No longer bound.",
        "UNKNOWN": "Nobody knows how far it is; the bank is asked.",
    },
    name="BankCardStatus",
)
CardRefusal = models.CardRefusal
described(
    CardRefusal,
    "Why a binding came to nothing.",
    {
        "MISMATCHED": "The bank does not know the card with this name, identity number and phone.",
        "EXPIRED": "The code was not given in time.",
        "NOT_REACHED": "The bank could not be reached; nothing was done.",
        "NO_ANSWER": "The bank never answered.",
        "SUPERSEDED": "The same card was bound anew.",
    },
    name="BankCardRefusal",
)
CheckKind = models.CheckKind
described(
    CheckKind,
    "What an identity check looks at.",
    {"ID_CARD": "Both sides of the identity card are read.", "FACE": "The face is compared with the register's."},
    name="IdentityCheckKind",
)
CheckStatus = machine.CheckStatus
described(
    CheckStatus,
    "How far an identity check has come.",
    {
        "QUEUED": "It waits to be sent.",
        "RUNNING": "The provider is at it.",
        "MATCHED": "It is he.",
        "MISMATCHED": "It does not fit; `reason` says what.",
        "UNREADABLE": "The picture is not good enough; take it again.",
        "UNKNOWN": "Nobody knows the answer; the provider is asked.",
    },
    name="IdentityCheckStatus",
)
CheckReason = models.CheckReason
described(
    CheckReason,
    "Why an identity check did not match.",
    {
        "IMAGES": "The pictures cannot be read.",
        "PROVIDER": "The provider would not take the request.",
        "NOT_FOUND": "The register does not know this identity.",
        "LOW_SCORE": "The face is not alike enough.",
        "CARD_EXPIRED": "The identity card is no longer valid.",
        "BAD_DATA": "What was read cannot be right.",
        "UNDER_AGE": "Too young to borrow.",
        "OTHER_PERSON": "The card is another person's than the one proved before.",
        "IDENTITY_TAKEN": "This identity was proved for another account.",
        "NO_ANSWER": "The provider never answered.",
    },
    name="IdentityCheckReason",
)
ImageKind = models.ImageKind
described(
    ImageKind,
    "What an uploaded picture shows.",
    {
        "ID_FRONT": "The side of the identity card with the face.",
        "ID_BACK": "The side of the identity card with the emblem.",
        "FACE": "The face.",
    },
)
ImageStatus = models.ImageStatus
described(
    ImageStatus,
    "What became of an uploaded picture.",
    {"REQUESTED": "It is not here yet.", "STORED": "It is here.", "DELETED": "Its time was over; it is forgotten."},
)
ConsentPurpose = models.ConsentPurpose
described(
    ConsentPurpose,
    "What a consent is for; each is given and revoked apart from the others.",
    {
        "CREDIT_REPORT": "To ask for the credit report, and to report to it.",
        "DATA_SOURCES": "To ask licensed sources of data.",
        "FACE": "To compare the face.",
        "PERSONAL_DATA": "To process personal data for credit and loans.",
        "MARKETING": "To be told about products.",
    },
)
Missing = progress.Missing
described(
    Missing,
    "What has still to be done before a credit application, in the order in which one would do it.",
    {
        "ACCOUNT": "The account has to be in use.",
        "ID_CARD": "The identity card has to match.",
        "FACE": "The face has to match.",
        "PROFILE": "The profile has to be saved.",
        "REAL_NAME": "The profile says something else than the identity card; save it again.",
        "EMPLOYMENT": "The employment has to be saved.",
        "CONTACTS": "Two contacts have to be named.",
        "CONSENT_PERSONAL_DATA": "Consent to the processing of personal data.",
        "CONSENT_CREDIT_REPORT": "Consent to the credit report.",
        "BANK_CARD": "A bank card has to be bound.",
    },
    name="MissingStep",
)
PersonalField = reveal.PersonalField
described(
    PersonalField,
    "A piece of personal data that is shown masked.",
    {
        "PHONE": "The phone.",
        "NAME": "The full name.",
        "ID_NUMBER": "The identity number.",
        "ID_ADDRESS": "The address on the identity card.",
        "CURRENT_ADDRESS": "Where he lives.",
        "EMAIL": "The e-mail address.",
    },
)
