"""Proves from the policies of a stack that no tenant reaches another's rows, whatever is asked."""
