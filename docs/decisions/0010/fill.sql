-- One million made tiles in 40 regions, for measuring query plans. Run in a migrated scratch database: see ../0010-*.md.
\set ON_ERROR_STOP on
SELECT setseed(0.42);

INSERT INTO regions_region (owner_id, visibility, slug, name, area, origin, crs, notes, created_at, updated_at)
SELECT NULL, CASE WHEN i % 10 = 0 THEN 'private' ELSE 'public' END, 'r' || i, 'Region ' || i, 'area' || i / 4, 'made', 'EPSG:3089', '[]', now(), now()
FROM generate_series(1, 40) i;

INSERT INTO tiles_datasetversion (slug, title, made, licence, citation, manifest, created_at)
VALUES ('plans', 'Plans', true, '', '', '{}', now());
INSERT INTO tiles_labelrevision (dataset_version_id, slug, classes, checksum, created_at)
SELECT id, 'plans', '{af1,Qal,Qaf,Qat,Qc,Qca,Qr}', '', now() FROM tiles_datasetversion;

-- 200 x 125 tiles a region, half a tile apart, about 245 m in Web Mercator; eight regions in a row.
INSERT INTO tiles_tile (dataset_version_id, region_id, patch_id, number, footprint, bounds, col, row, size, valid, validity_note)
SELECT (SELECT id FROM tiles_datasetversion), region.id, region.slug || '_' || n, n,
       ST_MakeEnvelope(x, y, x + 490, y + 490, 3857), ARRAY[x, y, x + 490, y + 490], (n - 1) / 125 * 128, (125 - (n - 1) % 125) * 128, 256, true, ''
FROM regions_region region
CROSS JOIN LATERAL generate_series(1, 25000) n
CROSS JOIN LATERAL (SELECT -9600000.0 + (region.id - 1) % 8 * 52000 + (n - 1) / 125 * 245 AS x,
                           4300000.0 + (region.id - 1) / 8 * 34000 + (n - 1) % 125 * 245 AS y) at
ORDER BY region.id, n; -- as they are imported: region by region

-- Classes come with the published frequencies: 35, 61, 0.9, 4.6, 44, 25 and 94 tiles in a hundred.
INSERT INTO tiles_tilelabels (tile_id, label_revision_id, areas, present)
SELECT tile.id, (SELECT id FROM tiles_labelrevision), areas,
       (SELECT array_agg(i - 1 ORDER BY i)::smallint[] FROM generate_series(1, 7) i WHERE areas[i] > 0)
FROM (
  SELECT id, ARRAY[
    CASE WHEN random() < 0.35 THEN random() ELSE 0 END, CASE WHEN random() < 0.61 THEN random() ELSE 0 END,
    CASE WHEN random() < 0.009 THEN random() ELSE 0 END, CASE WHEN random() < 0.046 THEN random() ELSE 0 END,
    CASE WHEN random() < 0.44 THEN random() ELSE 0 END, CASE WHEN random() < 0.25 THEN random() ELSE 0 END,
    CASE WHEN random() < 0.94 THEN random() + 0.01 ELSE 0.01 END] AS raw
  FROM tiles_tile) tile
CROSS JOIN LATERAL (SELECT array_agg(part / total ORDER BY i) AS areas
  FROM unnest(raw) WITH ORDINALITY u(part, i), (SELECT sum(v) AS total FROM unnest(raw) v) t) share
ORDER BY tile.id;

INSERT INTO splits_split (owner_id, visibility, name, dataset_version_id, method, params, checksum, sizes, dropped, created_at)
SELECT NULL, 'public', 'split' || i, (SELECT id FROM tiles_datasetversion), 'made', '{}', '', '{}', 0, now() FROM generate_series(1, 4) i;
INSERT INTO splits_splitmember (split_id, tile_id, subset)
SELECT split.id, tile.id, CASE WHEN r < 0.7 THEN 'train' WHEN r < 0.8 THEN 'val' WHEN r < 0.9 THEN 'test_id' ELSE 'test_cd' END
FROM splits_split split CROSS JOIN (SELECT id, random() AS r FROM tiles_tile WHERE number % 3 = 0) tile
ORDER BY split.id, tile.id;
INSERT INTO splits_split_regions (split_id, region_id)
SELECT DISTINCT member.split_id, tile.region_id FROM splits_splitmember member JOIN tiles_tile tile ON tile.id = member.tile_id;

INSERT INTO annotations_mapunit (symbol, mask_value, name, colour)
SELECT symbol, i, symbol, '#000000' FROM unnest('{af1,Qal,Qaf,Qat,Qc,Qca,Qr}'::text[]) WITH ORDINALITY u(symbol, i)
ON CONFLICT DO NOTHING;

-- 5,000 runs, each scored on two subsets; 500 of them keep 1,536 predictions, one keeps a million.
INSERT INTO experiments_run (owner_id, visibility, name, origin, made, task, network, channels, dataset_version_id, split_id, split_checksum, specification,
  specification_text, code_version, source_checksum, thresholds, normalisation, curves, checkpoint_path, checkpoint_sha256, created_at)
SELECT NULL, 'public', 'run' || i, 'trained', true, 'classification', 'resnet18', '{dem}', (SELECT id FROM tiles_datasetversion), (SELECT min(id) FROM splits_split),
  '', '{}', repeat('x', 1500), '', '', '{}', '{}', '[]', '', '', now()
FROM generate_series(1, 5000) i;
INSERT INTO experiments_evaluation (run_id, split_id, subset, domain, tile_count, scores, flags, predictions_path, predictions_sha256, created_at)
SELECT run.id, run.split_id, subset, domain, 1536, '{"macro_f1": 0.5}', '[]', '', '', now()
FROM experiments_run run CROSS JOIN (VALUES ('test_id', 'in'), ('test_cd', 'cross')) d(subset, domain);
INSERT INTO experiments_classscore (evaluation_id, map_unit_id, threshold, support, predicted, precision, recall, f1, ap, auroc, accuracy, details, flags)
SELECT evaluation.id, unit.id, 0.5, 100, 90, random(), random(), random(), random(), random(), random(), '{}', '[]'
FROM experiments_evaluation evaluation CROSS JOIN annotations_mapunit unit;
INSERT INTO experiments_tileprediction (evaluation_id, tile_id, probabilities)
SELECT evaluation.id, tile.id, ARRAY[random(), random(), random(), random(), random(), random(), random()]
FROM (SELECT id FROM experiments_evaluation ORDER BY id LIMIT 500) evaluation
CROSS JOIN (SELECT id FROM tiles_tile WHERE region_id = (SELECT min(region_id) FROM tiles_tile) ORDER BY number LIMIT 1536) tile;
INSERT INTO experiments_tileprediction (evaluation_id, tile_id, probabilities)
SELECT (SELECT max(id) FROM experiments_evaluation), tile.id, ARRAY[random(), random(), random(), random(), random(), random(), random()]
FROM tiles_tile tile;

-- The other shapes: one row per present class, and one JSON object per tile.
CREATE TABLE class_rows (tile_id bigint, revision_id bigint, unit smallint, area float8);
INSERT INTO class_rows SELECT tile_id, label_revision_id, i - 1, area FROM tiles_tilelabels, unnest(areas) WITH ORDINALITY u(area, i) WHERE area > 0 ORDER BY 1, 3;
ALTER TABLE class_rows ADD PRIMARY KEY (tile_id, revision_id, unit);
CREATE INDEX class_rows_area ON class_rows (revision_id, unit, area, tile_id);
CREATE TABLE class_json (tile_id bigint, revision_id bigint, areas jsonb);
INSERT INTO class_json SELECT tile_id, label_revision_id, (SELECT jsonb_object_agg(i - 1, area) FROM unnest(areas) WITH ORDINALITY u(area, i) WHERE area > 0) FROM tiles_tilelabels;
ALTER TABLE class_json ADD PRIMARY KEY (tile_id, revision_id);
CREATE INDEX class_json_keys ON class_json USING gin (areas);
-- Predictions in single precision, for their size.
CREATE TABLE prediction_real AS SELECT evaluation_id, tile_id, probabilities::real[] FROM experiments_tileprediction;
CREATE UNIQUE INDEX prediction_real_key ON prediction_real (evaluation_id, tile_id);
VACUUM (ANALYZE) tiles_tile, tiles_tilelabels, class_rows, class_json, splits_splitmember, experiments_evaluation, experiments_classscore,
  experiments_run, experiments_tileprediction, prediction_real;
