select
    count(*) as region_count
from {{ ref('regions') }}
