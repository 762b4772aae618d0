-- The model is disabled, and dbt only warns because this is a test.
select *
from {{ ref('legacy_orders') }}
