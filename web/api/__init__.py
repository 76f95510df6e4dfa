"""The HTTP interface for programs (开放接口), version 1, under ``/api/v1``: what it promises stands in docs/api.md."""
