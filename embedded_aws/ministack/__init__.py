"""MiniStack: the one place that imports it, and every patch of it.

``installation`` lists what is replaced; the other modules say what by. MiniStack reads its settings from the environment when it is
imported: whoever imports a module of this package has set them before (see ``embedded_aws.process``).
"""
