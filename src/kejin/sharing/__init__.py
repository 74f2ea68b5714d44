"""Who pays when it fails: pool, guarantee, re-guarantee, co-insurers, bank?"""
