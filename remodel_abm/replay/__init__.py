"""A run as one HTML file that plays without a server or a network, for a class or a colleague."""
