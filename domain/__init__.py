"""The business: a package per context. Nothing here knows of HTTP, GraphQL, arq or pluggy."""
