package compare

const ownFixture = "shop.json.gz"
