"""Where did the money go, and what is going wrong?"""
