"""The staff console (工作台): one router and one template a page; how to add one stands in ``docs/console.md``."""
