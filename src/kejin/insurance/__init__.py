"""What does a technology risk cost?"""
