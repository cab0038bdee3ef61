exports.f = (x) => { if (x > 3) { return 1 } return x ? 2 : 3 }
