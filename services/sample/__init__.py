"""The sample wire: stories from towns that do not exist, pushed through the publisher API like anybody's.

Not a service: a client of the API that `newswire up` runs once on an empty data directory.
"""
