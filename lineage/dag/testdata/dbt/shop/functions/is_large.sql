amount > 100
