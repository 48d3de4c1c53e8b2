"""What tests share: fixtures, fakes and questions to them."""
