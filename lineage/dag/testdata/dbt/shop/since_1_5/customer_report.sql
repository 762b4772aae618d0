{{ config(materialized='table', group='finance', access='private') }}

select
    old.customer_id,
    old.last_name,
    current_version.full_name
from {{ ref('dim_customers', v=1) }} as old
inner join {{ ref('dim_customers') }} as current_version
    on current_version.customer_id = old.customer_id
