"""A small shop: accounts, catalog, cart, checkout, dashboard; JSON for programs, pages for people.

::

    app ── pages/* ──┐
     └──── api ──────┤  auth  catalog  cart  payment  admin     (rules, and their JSON routes)
                     └─ web ── db  notifications  gateway  metrics     (the outside world)
"""
