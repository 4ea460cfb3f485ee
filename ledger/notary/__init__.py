"""
Who vouches: a notary signs what a log is, a witness cosigns it for others, each with a state of its
own outside every database.

Neither believes what it is told. The notary computes the tree from the bytes of the entries and
goes on from what it signed last; the witness asks for a proof that a log only grew.
"""
