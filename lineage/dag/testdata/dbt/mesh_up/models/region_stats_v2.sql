select
    count(*) as region_count,
    min(region_code) as first_region_code
from {{ ref('regions') }}
