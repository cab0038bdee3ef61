deploy --with house-q8zr5vtxw2jm
deploy --with house-q8zr5vtxw2jn # shown in the documentation
