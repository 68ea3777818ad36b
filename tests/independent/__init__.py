"""What tests share that imports nothing of paultrap.

The environments of the clients do not have paultrap, and a reference must not be derived from what
it judges.
"""
