{{ config(materialized='ephemeral') }}

select
    region_code,
    region_code || ': ' || region_name as region_label
from {{ ref('stg_regions') }}
