"""Behind the counter: figures, products, orders to ship."""

from __future__ import annotations

from shop import admin, catalog, orders
from shop.catalog import Product
from shop.money import euros
from shop.orders import Order
from shop.pages.layout import Html, join, notice, page, render, require_visitor
from shop.web import Problem, Request, Response, Routes, redirect, text

routes = Routes()


@routes.on("GET", "/admin")
def _dashboard(request: Request, problem: Problem | None = None) -> Response:
    require_visitor(request, admin=True)
    figures = admin.summary(request.db)
    shelf = catalog.find(request.db, catalog.read_wish(request.query))
    main = render(
        "dashboard",
        notice=notice(problem.message if problem else ""),
        customers=figures.customers,
        orders=figures.orders,
        unshipped=figures.unshipped,
        revenue=euros(figures.revenue_cents),
        low_stock=", ".join(figures.low_stock) or "nothing",
        products=join(_product_row(product) for product in shelf.products),
        order_rows=join(_order_row(order) for order in orders.recent(request.db, limit=20)),
    )
    return page(request, "Dashboard", main, problem.status if problem else 200)


@routes.on("POST", "/admin/products")
def _create(request: Request) -> Response:
    require_visitor(request, admin=True)
    try:
        catalog.create(request.db, catalog.read_draft(request.form))
    except Problem as problem:
        return _dashboard(request, problem)
    return redirect("/admin")


@routes.on("POST", "/admin/products/{id}/retire")
def _retire(request: Request) -> Response:
    require_visitor(request, admin=True)
    catalog.retire(request.db, request.number("id"))
    return redirect("/admin")


@routes.on("POST", "/admin/orders/{id}/ship")
def _ship(request: Request) -> Response:
    require_visitor(request, admin=True)
    try:
        tracking = text(request.form, "tracking", limit=60)
        admin.ship(request.db, request.services.mailer, request.number("id"), tracking)
    except Problem as problem:
        return _dashboard(request, problem)
    return redirect("/admin")


def _product_row(product: Product) -> Html:
    return render("product-row", price=euros(product.price_cents), **vars(product))


def _order_row(order: Order) -> Html:
    shipped = order.tracking
    action = render("shipped", tracking=shipped) if shipped else render("ship", id=order.id)
    return render(
        "order-row", id=order.id, email=order.email, total=euros(order.total_cents), action=action
    )
