{# dbt-duckdb 1.11 cannot build functions yet: DuckDB calls them macros. #}
{% macro duckdb__scalar_function_sql(target_relation) %}
create or replace macro {{ target_relation.render() }}
    ({{ model.arguments | map(attribute='name') | join(', ') }})
    as ({{ model.compiled_code }})
{% endmacro %}
