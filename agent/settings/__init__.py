"""How what protects this laptop is set: a module a check, each a function from where it looks to a Setting.

None raises for what a broken machine shows, and none says `off` of what it can't see.
"""
