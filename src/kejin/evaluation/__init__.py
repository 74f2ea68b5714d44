"""How good is the company at research, which titles does it qualify for, which stage is it in?"""
