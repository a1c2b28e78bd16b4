"""What a bill proves, without a database: the states of a bill, when it is asked for, how its lines are matched."""
