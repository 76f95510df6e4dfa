"""The website door: the consultation window (网站咨询窗口)."""
