from django.db import migrations

# ANALYZE is the owner's; a worker may only read and write rows. Whoever connects may ask for it: it changes no row.
CREATE = """
CREATE FUNCTION analyze_loaded(VARIADIC names text[]) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY names LOOP
        EXECUTE format('ANALYZE %I', name);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("tiles", "0003_names_with_dots")]

    operations = [migrations.RunSQL(CREATE, "DROP FUNCTION analyze_loaded(text[]);")]
