"""From source files to the channels of a region: grid, intake, align, burn, terrain, display, checks, build."""
