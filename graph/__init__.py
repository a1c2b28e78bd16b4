"""The GraphQL edge: permission, transaction, one service call, the shape of the answer."""
