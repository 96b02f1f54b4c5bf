"""The dashboard: a page on which bone is watched, understood, changed and tried again.

- `session`  owns the models on one thread; the page leaves wishes and is shown what came of them
- `arm`, `history`, `picture`, `why`  one course of the story, its past, how it looks, what it means
- `page` and the panels  a widget a file, with its script and style beside it

No panel holds logic of the model: data comes from `session.show`, wishes go to `session.tell`.
Nothing here but `page` and the panels needs Solara, and nothing is fetched from a network.
"""
