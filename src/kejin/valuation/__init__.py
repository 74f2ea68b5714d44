"""What is intellectual property worth, and how sure are we?"""
