"""What do loan and investment earn together, and what may a fund hold?"""
