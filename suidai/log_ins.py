"""The members of staff a development database begins with. Apart from the seed, so that showing them imports little."""

from domain.shared.actors import Role

PASSWORD = "suidai-development-only"  # known to everyone by intent; production has none of these people
STAFF: tuple[tuple[str, str, tuple[Role, ...]], ...] = (
    ("reviewer", "审核 Reviewer", (Role.REVIEWER,)),
    ("collector", "催收 Collector", (Role.COLLECTOR,)),
    ("cashier", "出纳 Cashier", (Role.CASHIER,)),
    ("finance", "财务 Finance", (Role.FINANCE,)),
    ("admin", "管理 Admin", (Role.ADMIN,)),
)
