"""What credit decides, as pure functions: who may apply, what a line may hold, which state follows which."""
