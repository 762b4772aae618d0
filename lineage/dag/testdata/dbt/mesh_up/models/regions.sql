select
    stg_regions.region_code,
    stg_regions.region_name,
    labels.region_label
from {{ ref('stg_regions') }} as stg_regions
inner join {{ ref('int_region_labels') }} as labels
    on labels.region_code = stg_regions.region_code
