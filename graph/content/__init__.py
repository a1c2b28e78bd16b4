"""The home page over GraphQL: its banners, shown to everybody and kept by staff."""
