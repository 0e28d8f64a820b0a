"""The shelves: a searchable list and a page for each product."""

from __future__ import annotations

from urllib.parse import urlencode

from shop import catalog
from shop.catalog import Product, Shelf, Wish
from shop.money import euros
from shop.pages.layout import Html, join, page, render
from shop.web import Request, Response, Routes

routes = Routes()


@routes.on("GET", "/")
def _browse(request: Request) -> Response:
    wish = catalog.read_wish(request.query)
    shelf = catalog.find(request.db, wish)
    main = render(
        "products",
        search=wish.search,
        max_cents="" if wish.max_cents is None else wish.max_cents,
        options=join(
            render("option", name=name, selected="selected" if name == wish.category else "")
            for name in catalog.categories(request.db)
        ),
        cards=join(_card(product) for product in shelf.products) or render("nothing"),
        total=shelf.total,
        pager=_pager(wish, shelf),
    )
    return page(request, "Products", main)


@routes.on("GET", "/products/{id}")
def _product(request: Request) -> Response:
    product = catalog.get(request.db, request.number("id"))
    buy = render("buy", id=product.id, stock=product.stock) if product.stock else render("sold-out")
    main = render("product", buy=buy, price=euros(product.price_cents), **vars(product))
    return page(request, product.name, main)


def _card(product: Product) -> Html:
    return render("card", price=euros(product.price_cents), **vars(product))


def _pager(wish: Wish, shelf: Shelf) -> Html:
    """Link to every other page, keeping the search."""
    kept = {"search": wish.search, "category": wish.category, "max_cents": wish.max_cents or ""}
    return join(
        render(
            "page-link",
            number=number,
            query=urlencode({**kept, "page": number}),
            current="page" if number == wish.page else "false",
        )
        for number in range(1, shelf.pages + 1)
        if shelf.pages > 1
    )
