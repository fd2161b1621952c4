"""Sources that lie elsewhere: found by a tile index, downloaded from hosts that the operator allows, unpacked."""
