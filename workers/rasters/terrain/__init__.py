"""Terrain features of a DEM: slope, curvatures, elevation percentile, standard deviation of slope, at one and at
several scales.

Arrays are indexed (row, column), rows grow south. Missing cells are NaN going in and coming out. Elevations are taken
to be in the unit of the pixel size.
"""
