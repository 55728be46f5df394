"""Fitting item parameters to stored responses, in the background."""
