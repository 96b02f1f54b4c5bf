"""How fast living bone is, beside what the machine allows and beside plainer ways to do it."""
