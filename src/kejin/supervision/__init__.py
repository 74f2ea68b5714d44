"""Are the goals met, and are institutions doing their part?"""
