"""Will this patient stop this brand within 30 days, how sure are we, and why?"""
