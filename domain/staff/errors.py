"""Refusals of staff."""

from domain.shared.errors import DomainError


class StaffCredentialWrong(DomainError):
    code = "STAFF_CREDENTIAL_WRONG"
    english = "The user name or the password is wrong; {left} tries are left."
    chinese = "用户名或密码错误，还可尝试 {left} 次。"
    passing = True


class StaffDisabled(DomainError):
    code = "STAFF_DISABLED"
    english = "This account is disabled; ask an administrator."
    chinese = "该账户已停用，请联系管理员。"
    passing = True


class UsernameTaken(DomainError):
    code = "USERNAME_TAKEN"
    english = "The user name {username} is taken; choose another one."
    chinese = "用户名 {username} 已被使用，请更换。"


class BadUsername(DomainError):
    code = "BAD_USERNAME"
    english = "A user name is 3 to 40 lower-case letters, digits, dots, hyphens or underscores, a letter first."
    chinese = "用户名为 3 至 40 位小写字母、数字、点、连字符或下划线，且以字母开头。"


class RoleMissing(DomainError):
    code = "ROLE_MISSING"
    english = "A member of staff has at least one role."
    chinese = "员工至少须有一个角色。"


class StaffNotFound(DomainError):
    code = "STAFF_NOT_FOUND"
    english = "There is no such member of staff."
    chinese = "员工不存在。"
    about = ("staffId",)


class ChangeNotFound(DomainError):
    code = "CHANGE_NOT_FOUND"
    english = "There is no such change request."
    chinese = "变更申请不存在。"
    about = ("changeId",)


class ChangeDecided(DomainError):
    code = "CHANGE_DECIDED"
    english = "This change was decided already: {state}."
    chinese = "该变更已处理，结果为 {state}。"
    about = ("changeId",)


class ChangePending(DomainError):
    code = "CHANGE_PENDING"
    english = "A change of the same kind is waiting to be decided; have it decided first."
    chinese = "同类变更正在等待审批，请先处理。"
    passing = True


class OwnChange(DomainError):
    code = "OWN_CHANGE"
    english = "Whoever asks for a change does not decide it; another person has to."
    chinese = "申请人不能审批自己的变更，须由他人处理。"
    about = ("changeId",)


class SeededStaff(DomainError):
    code = "SEEDED_STAFF"
    english = (
        "This database has members of staff with the password of development: production does not start on it. Disable "
        "them, or begin with a database of production's own."
    )
    chinese = "该数据库中有使用开发口令的员工，生产环境不能在其上启动；请停用这些员工，或使用独立的生产数据库。"
