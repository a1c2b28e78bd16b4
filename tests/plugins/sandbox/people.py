"""The person whom the sandbox's parties are asked about."""

NAME, ID, CARD, PHONE = "张三", "110101199003070011", "6222020200112233", "13800138000"
