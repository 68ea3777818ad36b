"""The API described by itself: OpenAPI documents made from the routes, and a page to read them."""
