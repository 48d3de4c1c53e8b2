"""What holds for every request, shown by a solver instead of by samples; nothing that is deployed imports it."""
