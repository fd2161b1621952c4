-- The main questions, asked of the three shapes of class areas. Each is run twice; read the second plan (warm cache).
\set ON_ERROR_STOP on
\pset tuples_only on
\pset pager off
SELECT min(id) AS split FROM splits_split \gset
SELECT id AS rev FROM tiles_labelrevision LIMIT 1 \gset
SELECT max(id) AS million FROM experiments_evaluation \gset
SELECT min(id) AS small FROM experiments_evaluation \gset
SELECT min(id) + 20 AS reg FROM regions_region \gset
SELECT ST_X(p) AS x, ST_Y(p) AS y FROM (SELECT ST_Centroid(footprint) AS p FROM tiles_tile WHERE region_id = :reg ORDER BY number OFFSET 12000 LIMIT 1) t \gset
\set z12 'ST_MakeEnvelope(:x - 4892, :y - 4892, :x + 4892, :y + 4892, 3857)'
\set plan 'EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF)'

\echo == storage
SELECT relname, pg_size_pretty(pg_table_size(oid)) AS rows, pg_size_pretty(pg_indexes_size(oid)) AS indexes FROM pg_class
WHERE relname IN ('tiles_tile', 'tiles_tilelabels', 'class_rows', 'class_json', 'splits_splitmember', 'experiments_tileprediction', 'prediction_real') ORDER BY 1;

\echo == tiles of a region in a bounding box
:plan SELECT * FROM tiles_tile WHERE region_id = :reg AND footprint && :z12 ORDER BY id LIMIT 501;
\echo == tiles that contain a point
:plan SELECT * FROM tiles_tile WHERE ST_Contains(footprint, ST_SetSRID(ST_MakePoint(:x, :y), 3857)) ORDER BY id LIMIT 501;

\echo == map unit and least area, rare class, whole dataset, page of 500: array
:plan SELECT t.* FROM tiles_tile t WHERE EXISTS (SELECT 1 FROM tiles_tilelabels l WHERE l.tile_id = t.id AND l.label_revision_id = :rev AND l.present @> '{2}' AND l.areas[3] >= 0.2) ORDER BY t.id LIMIT 501;
\echo == rows
:plan SELECT t.* FROM tiles_tile t WHERE EXISTS (SELECT 1 FROM class_rows l WHERE l.tile_id = t.id AND l.revision_id = :rev AND l.unit = 2 AND l.area >= 0.2) ORDER BY t.id LIMIT 501;
\echo == json
:plan SELECT t.* FROM tiles_tile t WHERE EXISTS (SELECT 1 FROM class_json l WHERE l.tile_id = t.id AND l.revision_id = :rev AND l.areas ? '2' AND (l.areas->>'2')::float8 >= 0.2) ORDER BY t.id LIMIT 501;

\echo == map unit and least area, common class, nearly none qualifies: array
:plan SELECT t.* FROM tiles_tile t WHERE EXISTS (SELECT 1 FROM tiles_tilelabels l WHERE l.tile_id = t.id AND l.label_revision_id = :rev AND l.present @> '{1}' AND l.areas[2] >= 0.985) ORDER BY t.id LIMIT 501;
\echo == rows
:plan SELECT t.* FROM tiles_tile t WHERE EXISTS (SELECT 1 FROM class_rows l WHERE l.tile_id = t.id AND l.revision_id = :rev AND l.unit = 1 AND l.area >= 0.985) ORDER BY t.id LIMIT 501;
\echo == json
:plan SELECT t.* FROM tiles_tile t WHERE EXISTS (SELECT 1 FROM class_json l WHERE l.tile_id = t.id AND l.revision_id = :rev AND l.areas ? '1' AND (l.areas->>'1')::float8 >= 0.985) ORDER BY t.id LIMIT 501;

\echo == map unit and least area within one region: array
:plan SELECT t.* FROM tiles_tile t WHERE t.region_id = :reg AND EXISTS (SELECT 1 FROM tiles_tilelabels l WHERE l.tile_id = t.id AND l.label_revision_id = :rev AND l.present @> '{4}' AND l.areas[5] >= 0.5) ORDER BY t.id LIMIT 501;
\echo == rows
:plan SELECT t.* FROM tiles_tile t WHERE t.region_id = :reg AND EXISTS (SELECT 1 FROM class_rows l WHERE l.tile_id = t.id AND l.revision_id = :rev AND l.unit = 4 AND l.area >= 0.5) ORDER BY t.id LIMIT 501;

\echo == tiles of a subset of a split, a page from the middle
:plan SELECT t.* FROM tiles_tile t WHERE t.id > 500000 AND EXISTS (SELECT 1 FROM splits_splitmember m WHERE m.tile_id = t.id AND m.split_id = :split AND m.subset = 'test_id') ORDER BY t.id LIMIT 501;
\echo == the same within a region
:plan SELECT t.* FROM tiles_tile t WHERE t.region_id = :reg AND EXISTS (SELECT 1 FROM splits_splitmember m WHERE m.tile_id = t.id AND m.split_id = :split AND m.subset = 'test_id') ORDER BY t.id LIMIT 501;

\echo == vector map tile at z12 with labels: array
:plan SELECT ST_AsMVT(q, 'tiles') FROM (SELECT t.id, l.present::text, l.areas::text, ST_AsMVTGeom(t.footprint, :z12) AS geom FROM tiles_tile t JOIN tiles_tilelabels l ON l.tile_id = t.id AND l.label_revision_id = :rev WHERE t.region_id = :reg AND t.footprint && :z12) q;
\echo == rows
:plan SELECT ST_AsMVT(q, 'tiles') FROM (SELECT t.id, l.units::text, l.areas::text, ST_AsMVTGeom(t.footprint, :z12) AS geom FROM tiles_tile t CROSS JOIN LATERAL (SELECT array_agg(unit) AS units, array_agg(area) AS areas FROM class_rows c WHERE c.tile_id = t.id AND c.revision_id = :rev) l WHERE t.region_id = :reg AND t.footprint && :z12) q;
\echo == json
:plan SELECT ST_AsMVT(q, 'tiles') FROM (SELECT t.id, l.areas::text, ST_AsMVTGeom(t.footprint, :z12) AS geom FROM tiles_tile t JOIN class_json l ON l.tile_id = t.id AND l.revision_id = :rev WHERE t.region_id = :reg AND t.footprint && :z12) q;

\echo == class counts and areas by region and subset, one region: array
:plan SELECT t.region_id, m.subset, unit.i, count(*) FILTER (WHERE l.present @> ARRAY[(unit.i - 1)::smallint]), sum(l.areas[unit.i]) FROM tiles_tile t JOIN tiles_tilelabels l ON l.tile_id = t.id AND l.label_revision_id = :rev LEFT JOIN splits_splitmember m ON m.tile_id = t.id AND m.split_id = :split CROSS JOIN generate_series(1, 7) AS unit(i) WHERE t.region_id = :reg GROUP BY 1, 2, 3;
\echo == rows
:plan SELECT t.region_id, m.subset, c.unit, count(*), sum(c.area) FROM tiles_tile t JOIN class_rows c ON c.tile_id = t.id AND c.revision_id = :rev LEFT JOIN splits_splitmember m ON m.tile_id = t.id AND m.split_id = :split WHERE t.region_id = :reg GROUP BY 1, 2, 3;
\echo == json
:plan SELECT t.region_id, m.subset, c.unit, count(*), sum(c.area::float8) FROM tiles_tile t JOIN class_json l ON l.tile_id = t.id AND l.revision_id = :rev LEFT JOIN splits_splitmember m ON m.tile_id = t.id AND m.split_id = :split CROSS JOIN LATERAL jsonb_each_text(l.areas) c(unit, area) WHERE t.region_id = :reg GROUP BY 1, 2, 3;

\echo == co-occurrence in one region: array
:plan SELECT a.u, b.u, count(*) FROM tiles_tile t JOIN tiles_tilelabels l ON l.tile_id = t.id AND l.label_revision_id = :rev CROSS JOIN LATERAL unnest(l.present) a(u) CROSS JOIN LATERAL unnest(l.present) b(u) WHERE t.region_id = :reg GROUP BY 1, 2;
\echo == array, by combination first
:plan SELECT m.subset, l.present, count(*) FROM tiles_tile t JOIN tiles_tilelabels l ON l.tile_id = t.id AND l.label_revision_id = :rev LEFT JOIN splits_splitmember m ON m.tile_id = t.id AND m.split_id = :split WHERE t.region_id = :reg GROUP BY 1, 2;
\echo == rows
:plan SELECT a.unit, b.unit, count(*) FROM tiles_tile t JOIN class_rows a ON a.tile_id = t.id AND a.revision_id = :rev JOIN class_rows b ON b.tile_id = t.id AND b.revision_id = :rev WHERE t.region_id = :reg GROUP BY 1, 2;

\echo == every combination of a million tiles by region and subset: array
:plan SELECT t.region_id, m.subset, l.present, count(*) FROM tiles_tile t JOIN tiles_tilelabels l ON l.tile_id = t.id AND l.label_revision_id = :rev LEFT JOIN splits_splitmember m ON m.tile_id = t.id AND m.split_id = :split GROUP BY 1, 2, 3;
\echo == rows, class counts only
:plan SELECT t.region_id, m.subset, c.unit, count(*), sum(c.area) FROM tiles_tile t JOIN class_rows c ON c.tile_id = t.id AND c.revision_id = :rev LEFT JOIN splits_splitmember m ON m.tile_id = t.id AND m.split_id = :split GROUP BY 1, 2, 3;

\echo == predictions of an evaluation of 1,536 tiles, joined to tiles and labels
:plan SELECT t.id, t.footprint, p.probabilities, l.present FROM experiments_tileprediction p JOIN tiles_tile t ON t.id = p.tile_id JOIN tiles_tilelabels l ON l.tile_id = t.id AND l.label_revision_id = :rev WHERE p.evaluation_id = :small;
\echo == predictions of an evaluation of a million tiles in a z12 map tile, double precision
:plan SELECT t.id, p.probabilities FROM tiles_tile t JOIN experiments_tileprediction p ON p.tile_id = t.id AND p.evaluation_id = :million WHERE t.region_id = :reg AND t.footprint && :z12;
\echo == real
:plan SELECT t.id, p.probabilities FROM tiles_tile t JOIN prediction_real p ON p.tile_id = t.id AND p.evaluation_id = :million WHERE t.region_id = :reg AND t.footprint && :z12;
\echo == predictions of one tile
:plan SELECT * FROM experiments_tileprediction WHERE tile_id = (SELECT min(id) FROM tiles_tile);

\echo == comparison rows of 5,000 runs in one domain
:plan SELECT r.id, r.name, u.symbol, s.* FROM experiments_classscore s JOIN experiments_evaluation e ON e.id = s.evaluation_id JOIN experiments_run r ON r.id = e.run_id JOIN annotations_mapunit u ON u.id = s.map_unit_id WHERE e.domain = 'cross' ORDER BY r.id, u.mask_value;
\echo == comparison rows of two named runs
:plan SELECT r.id, r.name, u.symbol, s.* FROM experiments_classscore s JOIN experiments_evaluation e ON e.id = s.evaluation_id JOIN experiments_run r ON r.id = e.run_id JOIN annotations_mapunit u ON u.id = s.map_unit_id WHERE e.domain = 'cross' AND r.name IN ('run7', 'run4711') ORDER BY r.id, u.mask_value;
