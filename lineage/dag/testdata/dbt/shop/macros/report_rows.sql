{# Renders to nothing as long as the relation does not exist. #}
{% macro report_rows(relation) %}
{% if load_relation(relation) %}select count(*) from {{ relation }}{% endif %}
{% endmacro %}
